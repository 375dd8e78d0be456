"""What the allocator does with freed memory."""

from __future__ import annotations

import numpy as np

BLOCK = 31 * 2**20  # bytes; glibc's bound is 32 MiB


def keep_pages() -> None:
    """Make the allocator keep up to twice BLOCK of freed memory instead of returning it to the system.

    Activations and columns come and go at every step, and fresh pages cost more than filling them: a step of
    LeNet-5 takes 1.5 times as long. glibc raises its thresholds when a larger block is freed, touched or not;
    elsewhere this does nothing.
    Source: mallopt(3), M_MMAP_THRESHOLD, on the dynamic threshold.
    """
    np.empty(BLOCK, np.uint8)
