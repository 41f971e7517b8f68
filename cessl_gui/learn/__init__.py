import os

# torch asks at its first allocation: large pages, where the system gives them, spare a training step the faults of
# fresh memory (a tenth of its time where measured, Linux).
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
