"""Classifiers of pictures, sound and prompts: the port and its adapters, each imported when it is named."""
