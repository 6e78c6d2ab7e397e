"""Takes a repository into a cache, with the layout and the steps of huggingface_hub.

hub_cache.py SOURCE CACHE REPOSITORY REVISION

Prints the path of the snapshot. A blob is named by the hash of its content, written to a file
".incomplete" under a lock, and renamed; a snapshot holds relative symbolic links to blobs.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
import uuid


@contextlib.contextmanager
def locked(path):
    """As filelock does it: the file is made for the lock, and stays."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o664)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)
        os.close(file)


def digest(path):
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()


def fetch(source, blob, log):
    """Goes on where an earlier attempt ended."""
    incomplete = blob + '.incomplete'
    with open(source, 'rb') as data, open(incomplete, 'ab') as out:
        data.seek(out.tell())
        while chunk := data.read(100_000):
            out.write(chunk)
    assert digest(incomplete) == os.path.basename(blob)
    shutil.move(incomplete, blob)
    with open(log, 'a') as file:
        file.write(os.path.basename(blob) + '\n')


def link(blob, pointer):
    """Makes the link under another name and puts it in place at once."""
    target = os.path.relpath(blob, os.path.dirname(pointer))
    made = pointer + '.' + uuid.uuid4().hex
    os.symlink(target, made)
    os.replace(made, pointer)


def supports_symlinks(directory):
    probe = os.path.join(directory, uuid.uuid4().hex)
    os.symlink(os.path.relpath(directory, directory), probe)
    assert os.path.islink(probe)
    os.unlink(probe)


def main():
    source, cache, repository, revision = sys.argv[1:]
    folder = 'models--' + repository.replace('/', '--')
    storage = os.path.join(cache, folder)
    names = sorted(os.listdir(source))
    hashes = {name: digest(os.path.join(source, name)) for name in names}
    commit = hashlib.sha1(''.join(hashes.values()).encode()).hexdigest()
    snapshot = os.path.join(storage, 'snapshots', commit)
    for part in (os.path.join(storage, 'blobs'), os.path.join(storage, 'refs'), snapshot):
        os.makedirs(part, exist_ok=True)
    supports_symlinks(storage)
    reference = os.path.join(storage, 'refs', revision)
    with open(reference + '.' + uuid.uuid4().hex, 'w') as file:
        file.write(commit)
    os.replace(file.name, reference)

    for name in names:
        blob = os.path.join(storage, 'blobs', hashes[name])
        pointer = os.path.join(snapshot, name)
        with locked(os.path.join(cache, '.locks', folder, hashes[name] + '.lock')):
            if not os.path.exists(blob):
                fetch(os.path.join(source, name), blob, os.path.join(cache, 'fetched'))
            if not os.path.lexists(pointer):
                link(blob, pointer)
        assert digest(pointer) == hashes[name]
    print(snapshot)


main()
