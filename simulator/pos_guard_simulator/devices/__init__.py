"""Commands of ``pos-guard simulate``, one file a device: only what is asked for is loaded."""
