"""Runs at the start of an interpreter as its sitecustomize: imports modules, and waits until there is code to run, which the interpreter does by itself then.

What waits goes into a checkpoint that many sandboxes go on from, so everything random is seeded behind the wait.
"""
import os
import sys


def _preload():
    here = os.path.dirname(__file__)
    waits_at = os.environ.pop("SANDBOX_START")
    for module in os.environ.pop("SANDBOX_START_MODULES").split():
        __import__(module)

    import json
    import random
    import shutil

    shutil.rmtree(here)
    sys.path.remove(here)
    sys.path_importer_cache.pop(here, None)
    os.write(1, b"ready\n")
    with open(waits_at, encoding="utf-8") as order:
        environment = json.load(order)
    os.unlink(waits_at)
    os.environ.clear()
    os.environ.update(environment)

    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    if "ssl" in sys.modules:
        sys.modules["ssl"].RAND_add(os.urandom(32), 32)


_preload()
del _preload
