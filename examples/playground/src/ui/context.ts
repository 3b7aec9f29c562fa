import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Lab } from "./lab.js";

export const LabContext = createContext<Lab | undefined>(undefined);

export function useLab(): Lab {
  const lab = useContext(LabContext);
  if (lab === undefined) throw new Error("useLab: expected a LabContext around the component, got none");
  return lab;
}
