"""cold_reads.py DSPREP DIR [option...]: samples a second of a shuffled epoch whose files are not in the page cache, by --io.

Before each run the system is asked to forget the dataset's files (POSIX_FADV_DONTNEED: only these, and no rights are needed); how much of
them is still in memory is printed, since pages that another process has mapped stay. Medians of three, the modes alternating.
"""
import ctypes, json, mmap, os, statistics, subprocess, sys

program, folder, *options = sys.argv[1:]
files = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p


def forget():
    for path in files:
        with open(path, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def share_in_memory():
    """By mincore(), which reads nothing."""
    held = pages = 0
    for path in files:
        size = os.path.getsize(path)
        if size == 0:
            continue
        count = (size + mmap.PAGESIZE - 1) // mmap.PAGESIZE
        view = (ctypes.c_ubyte * count)()
        with open(path, "rb") as file:
            address = libc.mmap(None, ctypes.c_size_t(size), mmap.PROT_READ, mmap.MAP_SHARED, file.fileno(), ctypes.c_long(0))
        libc.mincore(ctypes.c_void_p(address), ctypes.c_size_t(size), view)
        libc.munmap(ctypes.c_void_p(address), ctypes.c_size_t(size))
        held += sum(page & 1 for page in view)
        pages += count
    return held / max(pages, 1)


rates = {io: [] for io in ("mmap", "pread", "auto")}
for _ in range(3):
    for io in rates:
        forget()
        held = share_in_memory()
        line = subprocess.run([program, "bench", folder, "--json", "--shuffle", "--io", io, *options], capture_output=True, text=True, check=True).stdout
        result = json.loads(line)
        rates[io].append((result["samples"] / result["seconds"], result["samples"] / result["cpu"], held))
for io, runs in rates.items():
    rate, cpu, held = (statistics.median(values) for values in zip(*runs))
    print(f"--io {io:5s} {rate:8.0f} samples/s  {cpu:8.0f} /cpu-s  ({held:.1%} of the files still in memory before the run)")
