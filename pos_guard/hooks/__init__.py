"""The provider link inside a Python app: what its HTTP client sends is judged before it leaves."""
