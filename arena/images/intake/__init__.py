"""Images from outside, turned into our own: decoded in a limited child process, stripped and encoded anew.

No Django here: the child must start in a tenth of a second.
"""
