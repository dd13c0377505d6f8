"""The closed set of rule kinds, one small file each."""
