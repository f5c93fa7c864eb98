"""A clip is made here, whoever asks for it: order, bring, moderate, render, package, sign. No database, no money, no
torch."""
