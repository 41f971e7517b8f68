"""Quick kernels of the network: the same results and gradients as the plain layers in `backbone`, in less time."""
