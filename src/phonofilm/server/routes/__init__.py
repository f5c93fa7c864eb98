"""The native API's routes, one subject a file, and the built pages."""
