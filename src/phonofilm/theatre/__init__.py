"""The paper theatre: words -> a staged play -> picture, sound and exact truth. Knows no torch."""
