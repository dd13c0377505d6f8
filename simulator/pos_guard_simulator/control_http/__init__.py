"""The control API over HTTP: what a stage can be asked and told, for programs in any language."""
