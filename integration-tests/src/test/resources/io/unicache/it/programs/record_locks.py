"""Increments the eight numbers of a file in turn, each under a lock on its own bytes only.

record_locks.py FILE TIMES
"""

import fcntl
import os
import struct
import sys

NUMBER = struct.Struct('<q')
COUNT = 8

name, times = sys.argv[1], int(sys.argv[2])
file = os.open(name, os.O_RDWR | os.O_CREAT, 0o666)
fcntl.lockf(file, fcntl.LOCK_EX)
if os.fstat(file).st_size == 0:
    os.pwrite(file, bytes(COUNT * NUMBER.size), 0)
fcntl.lockf(file, fcntl.LOCK_UN)

for i in range(times):
    at = (i % COUNT) * NUMBER.size
    fcntl.lockf(file, fcntl.LOCK_EX, NUMBER.size, at, os.SEEK_SET)
    number, = NUMBER.unpack(os.pread(file, NUMBER.size, at))
    os.pwrite(file, NUMBER.pack(number + 1), at)
    fcntl.lockf(file, fcntl.LOCK_UN, NUMBER.size, at, os.SEEK_SET)
