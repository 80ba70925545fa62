"""What runs here: curl -s -H 'Content-Type: text/plain' --data-binary @examples/test_hello.py 'localhost:8080/execute?language=python'"""

import os
import platform
import sys

print(f"Hello from Python {platform.python_version()} in gVisor")
print(f"kernel {platform.release()}, process {os.getpid()}, user {os.getuid()}, directory {os.getcwd()}")
print("and this line went to stderr", file=sys.stderr)
