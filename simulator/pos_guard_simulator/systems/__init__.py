"""What differs between operating systems. The rest of the simulator asks here, and nowhere else."""
