// What networks for text and other sequences predict with.
export { gelu_forward, gelu_tanh_forward } from "../activation";
export { attention_weights_forward } from "../attention";
export { not_equal } from "../compare";
export { gemm_nt, gemm_tn } from "../gemm";
export { layernorm_forward } from "../layernorm";
export { gru_candidate_forward, gru_forward, gru_reset_forward, lstm_forward, simple_rnn_forward } from "../recurrent";
export { erf_forward } from "../unary";
