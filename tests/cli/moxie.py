"""What the tests of moxie guests share: where the committed images are, running one."""
import os

from slot190 import *

IMAGES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../guest/moxie/images")
IMAGES = os.path.normpath(IMAGES)
ENV = {"PATH": f"{IMAGES}:/bin", "HOME": "/home"}


def image(name, *args, k=(), env=None, **kwargs):
    """Runs an image, with kernel parameters k."""
    options = [w for p in k for w in ("-k", p)]
    return run("run", *options, f"{IMAGES}/{name}", *args, env=env or ENV, **kwargs)


def sh(script, *args, k=(), name="sh.flt", **kwargs):
    """Runs a script in the shell that uses vfork only."""
    return image(name, "-c", script, *args, k=k, **kwargs)
