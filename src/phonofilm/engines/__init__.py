"""Engines: everything that turns a request into a result, behind one port."""
