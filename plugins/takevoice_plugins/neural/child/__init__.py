"""The program that runs the model, in a process of its own. It imports nothing of takevoice: only torch, numpy and Python's library.

So it also runs in another Python, which has torch. The messages are described in docs/neural.md.
"""
