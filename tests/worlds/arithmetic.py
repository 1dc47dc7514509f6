"""A few functions as the fast engine has them: what they may contain, and where Python differs."""

import math

from sim.world.engine.compiled import entry, kernel, outside

WORDS = 64
CASE, ASKED, WHOLE, FLOATING, OUT = 1, 2, 8, 24, 40
"""Words of the arena: the case, the address of Python's function, the case's numbers, and its results."""

THIRD = 1 / 3

asked = outside(ASKED, "int, float", "float")


@kernel
def whole_numbers(I, F, a: int, b: int) -> None:
    I[OUT] = a // b
    I[OUT + 1] = a % b
    I[OUT + 2] = a >> (b & 7)
    I[OUT + 3] = (a & 65535) << (b & 7)
    I[OUT + 4] = max(a, b, 3) - min(a, b, -3)
    I[OUT + 5] = -a + abs(b) + ~a
    I[OUT + 6] = (a | b) ^ (a & b)
    F[OUT + 7] = a / b
    I[OUT + 8] = a == 3 or b != 2
    I[OUT + 9] = 1 if a < b <= 9 else 0


@kernel
def floating_numbers(I, F, x: float, y: float, z: float) -> None:
    F[OUT] = x * y + z
    F[OUT + 1] = x * y - z * x
    F[OUT + 2] = max(x, y)
    F[OUT + 3] = min(x, y, z)
    I[OUT + 4] = (x < y) + 2 * (x <= y) + 4 * (x == y) + 8 * (x != y) + 16 * (x > y) + 32 * (x >= y)
    I[OUT + 5] = not x or not y
    F[OUT + 6] = -x
    F[OUT + 7] = abs(x) + THIRD
    F[OUT + 8] = x + y + z + x + y + z
    F[OUT + 9] = y if x else z
    I[OUT + 10] = math.isnan(x)


@kernel
def parts(I, F, x: float, y: float) -> None:
    """Take what has whole parts: finite, and not divided by 0."""
    I[OUT] = int(x)
    I[OUT + 1] = math.floor(x) + math.ceil(y)
    F[OUT + 2] = x % y
    F[OUT + 3] = x // y
    F[OUT + 4] = x / y
    F[OUT + 5] = (int(x) + 1) * y


@kernel
def two(a: int, x: float) -> tuple[int, float]:
    if a > 3:
        return a, x
    return a + 1, x * a


@kernel
def factorial(n: int) -> int:
    return 1 if n < 2 else n * factorial(n - 1)


@entry
def ways(I, F, a: int) -> None:
    total, at = 0, 0
    for k in range(a):
        if k == 3:
            continue
        if k > 8:
            break
        total += k
    else:
        at = 7
    for k in range(9, -2, -3):
        total = 2 * total + k
    while True:
        at += 1
        if at > a:
            break
        for again in range(at):
            if again * at > 12:
                break
            total += again
    while at > 2 and total % 7 != 3:
        at -= 1
        total += at
    first, half = two(a, 0.5)
    second, whole = two(at, 2.0)
    first, second = second, first
    least = most = first
    least -= 1
    if 2 * first > 4 or least == most:
        most = 2 * first
    I[OUT], I[OUT + 1], I[OUT + 2] = total, at, first + 1000 * second
    F[OUT + 3] = half + whole
    I[OUT + 4] = factorial(a & 15)
    I[OUT + 5] += most
    F[OUT + 6] = asked(I, F, a, 2.5)
    I[OUT + 7] = not a or least < at


@kernel
def run(I, F) -> int:
    case = I[CASE]
    if case == 0:
        whole_numbers(I, F, I[WHOLE], I[WHOLE + 1])
    elif case == 1:
        floating_numbers(I, F, F[FLOATING], F[FLOATING + 1], F[FLOATING + 2])
    elif case == 2:
        parts(I, F, F[FLOATING], F[FLOATING + 1])
    else:
        ways(I, F, I[WHOLE])
    return 7
