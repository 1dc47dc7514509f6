"""Modules that Mesa imports and nobody here needs: put off, and there as soon as anybody asks."""

import json
import sys

import pytest

from sim.world.mesa_core import NOT_NEEDED, _later

WANTED, UNWANTED, PACKAGE = "wave", "sndhdr_of_nobody", "wsgiref"


@pytest.fixture(autouse=True)
def absent(monkeypatch: pytest.MonkeyPatch):
    for name in (WANTED, UNWANTED, PACKAGE):
        monkeypatch.delitem(sys.modules, name, raising=False)


def test_module_that_is_put_off_comes_when_something_in_it_is_asked_for():
    with _later((WANTED,)):
        import wave

        assert sys.modules[WANTED] is wave
        assert not hasattr(wave, "__file__"), "somebody who looks over all modules there are"
        assert sys.modules[WANTED] is wave, "it is still put off"
        real = wave.open
    assert sys.modules[WANTED] is not wave
    assert sys.modules[WANTED].open is real is wave.open


def test_module_that_nobody_asked_for_is_imported_as_ever_afterwards():
    with _later((WANTED, UNWANTED)):
        assert {WANTED, UNWANTED} <= set(sys.modules)
    assert not {WANTED, UNWANTED} & set(sys.modules)


def test_package_that_is_put_off_tells_where_it_is():
    with _later((PACKAGE,)):
        stand_in = sys.modules[PACKAGE]
        assert stand_in.__path__ == sys.modules[PACKAGE].__path__
        assert sys.modules[PACKAGE] is not stand_in


def test_module_that_is_there_stays_and_so_does_one_that_came_meanwhile():
    with _later(("json", WANTED)):
        assert sys.modules["json"] is json
        del sys.modules[WANTED]
        import wave
    assert sys.modules["json"] is json
    assert sys.modules[WANTED] is wave


def test_stand_ins_are_gone_even_if_the_import_fails():
    with pytest.raises(ZeroDivisionError), _later((WANTED,)):
        raise ZeroDivisionError
    assert WANTED not in sys.modules


def test_no_stand_in_is_left_of_what_mesa_does_not_need():
    assert not [name for name in NOT_NEEDED if type(sys.modules.get(name)).__name__ == "_Later"]
