import { serve } from "wasmgrad/worker";

serve();
