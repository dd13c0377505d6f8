"""The decision socket: any program, in any language, asks before it acts."""
