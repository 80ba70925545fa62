#!/usr/bin/env python3
"""Counts the words of its input."""

import sys

print(sum(len(line.split()) for line in sys.stdin))
