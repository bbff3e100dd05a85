"""Container: quantities and images, as Kubernetes reads them."""

from __future__ import annotations

import pytest

from platform_components.kubernetes.container import memory_bytes, millicores, short_image


@pytest.mark.parametrize(("cpu", "expected"), [("250m", 250), ("2", 2000), ("0.5", 500)])
def test_cpu_is_read_as_kubernetes_reads_it(cpu: str, expected: float) -> None:
    """Thousandths of a core."""
    assert millicores(cpu) == expected


@pytest.mark.parametrize(
    ("memory", "expected"), [("1Ki", 1024), ("1.5Gi", 1.5 * 2**30), ("2M", 2e6), ("7", 7)]
)
def test_memory_is_read_as_kubernetes_reads_it(memory: str, expected: float) -> None:
    """Bytes, by powers of two with an i and of ten without."""
    assert memory_bytes(memory) == expected


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("registry.example:5000/shop/orders:1.4.2", "orders:1.4.2"),
        ("orders:1.4.2@sha256:" + "8c1f" * 16, "orders@sha256:8c1f…"),
    ],
)
def test_an_image_is_shown_by_what_tells_it_from_others(image: str, expected: str) -> None:
    """Without its registry; by digest, where it has one."""
    assert short_image(image) == expected
