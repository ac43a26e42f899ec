#!/usr/bin/env bash
# Exit code 2 blocks the tool; what is printed to standard error is the reason.
echo "AWS is read here. Write down what should be changed and who can do it." >&2
exit 2
