"""The live page: the devices of a stage in a browser. Needs the extra ``dashboard``."""
