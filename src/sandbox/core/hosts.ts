/** Name of the one compute host. */
export const computeHost = "sandbox-compute-1";
