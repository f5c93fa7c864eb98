"""What is drawn with: the pen, cut paper on layers, people, props and cut-outs. Knows no place and no shot."""
