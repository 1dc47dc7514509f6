"""A client's own template for slides: a file of a stranger, looked at before anything opens it."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO

from sim.errors import OutputError

LARGEST_TEMPLATE = 5_000_000
"""Bytes of a template."""

LARGEST_UNFOLDED, MOST_FILES, LARGEST_RATIO = 60_000_000, 2_000, 200
"""Of what is in it: bytes in all, files, and bytes of a file for each byte that it takes (assumption)."""

_SLIDES = b"application/vnd.openxmlformats-officedocument.presentationml."
_DECLARES = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_OUTSIDE = re.compile(rb"(<Relationship\b[^>]*TargetMode\s*=\s*[\"']External[\"'][^>]*>)", re.IGNORECASE)


class UnsafeArchiveError(ValueError):
    """An archive that is not opened, with why."""


def safe_archive(content: IO[bytes], *, unfolded: int, files: int, ratio: int) -> zipfile.ZipFile:
    """Return an archive of a stranger, once its list says that it is no bomb and reaches nowhere else.

    Sizes are those that the list claims; whoever reads a file reads no more than that (``read_member``).

    Raises
    ------
    UnsafeArchiveError
        With why it is not opened.
    """
    try:
        archive = zipfile.ZipFile(content)
        members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise UnsafeArchiveError("it is no zip archive, or a damaged one") from error
    if len(members) > files:
        raise UnsafeArchiveError(f"it holds {len(members):,} files; at most {files:,} are allowed")
    names = [member.filename for member in members]
    if len({name.lower() for name in names}) < len(names):
        raise UnsafeArchiveError("it holds two files of one name")
    for member in members:
        if (why := _why_unsafe(member, ratio)) is not None:
            raise UnsafeArchiveError(why)
    if (whole := sum(member.file_size for member in members)) > unfolded:
        raise UnsafeArchiveError(
            f"it unfolds to {whole / 1e6:,.0f} MB; at most {unfolded / 1e6:,.0f} are allowed"
        )
    return archive


def _why_unsafe(member: zipfile.ZipInfo, ratio: int) -> str | None:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in member.filename or "\0" in member.filename:
        return "it holds a file with a place outside the archive"
    if member.flag_bits & 0x1:
        return "it is protected by a password"
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "it is compressed in an unusual way"
    if (member.external_attr >> 16) & 0o170000 == 0o120000:
        return "it holds a link to another file"
    if member.file_size > ratio * max(member.compress_size, 1) + 10_000:
        return "a file in it unfolds to far more than it takes"
    return None


def read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return a file of an archive, never more of it than its list claims.

    Raises
    ------
    UnsafeArchiveError
        If it is damaged, or longer than the list says.
    """
    try:
        info = archive.getinfo(name)
        with archive.open(info) as file:
            content = file.read(info.file_size + 1)
    except Exception as error:  # zipfile and zlib raise many kinds for what is damaged
        raise UnsafeArchiveError("a file in it is damaged") from error
    if len(content) != info.file_size:
        raise UnsafeArchiveError("a file in it is longer or shorter than it says")
    return content


def checked_template(content: bytes) -> BytesIO:
    """Return a template that may be opened.

    Raises
    ------
    OutputError
        With why it is not used, and what to do.
    """
    try:
        _check(content)
    except UnsafeArchiveError as why:
        raise OutputError(
            f"this template is not used: {why}. Save an ordinary .pptx without macros, links and videos, or "
            "leave the template out."
        ) from None
    return BytesIO(content)


def _check(content: bytes) -> None:
    if len(content) > LARGEST_TEMPLATE:
        raise UnsafeArchiveError(
            f"it has {len(content) / 1e6:.1f} MB; at most {LARGEST_TEMPLATE / 1e6:.0f} are allowed"
        )
    archive = safe_archive(BytesIO(content), unfolded=LARGEST_UNFOLDED, files=MOST_FILES, ratio=LARGEST_RATIO)
    names = archive.namelist()
    if "[Content_Types].xml" not in names or "ppt/presentation.xml" not in names:
        raise UnsafeArchiveError("it is no PowerPoint file")
    for name in names:
        lower = name.lower()
        if lower.endswith((".bin", ".exe", ".dll", ".js", ".vbs")) and "printersettings" not in lower:
            raise UnsafeArchiveError("it holds macros or programs")
        text = read_member(archive, name)  # all of it, so that nothing damaged is met later
        if not lower.endswith((".xml", ".rels")):
            continue
        if _DECLARES.search(text):
            raise UnsafeArchiveError("it declares entities of its own")
        if lower.endswith(".rels") and any(b"/hyperlink" not in link for link in _OUTSIDE.findall(text)):
            raise UnsafeArchiveError("it fetches something from outside when it is opened")
    if _SLIDES not in read_member(archive, "[Content_Types].xml"):
        raise UnsafeArchiveError("it is no PowerPoint file")
