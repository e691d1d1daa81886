#!/bin/sh
# Stands in for service.c where there is no compiler: service FIFO ID. A shell cannot read the monotonic clock, so it says 0:
# "when it was read". Then it waits for somebody to write to a FIFO that nobody writes to: without a child process.
printf '%020d %010d %010d\n' 0 "$$" "$2" >"$1"
read -r _ <"$1.never"
