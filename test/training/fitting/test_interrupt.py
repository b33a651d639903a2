# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C is obeyed between two batches."""

from concurrent.futures import ThreadPoolExecutor
import os
import signal

import pytest

from training.fitting.interrupt import DeferredInterrupt


def press_ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)


def test_it_waits_until_it_is_asked_for():
    before, waited = signal.getsignal(signal.SIGINT), False
    with pytest.raises(KeyboardInterrupt), DeferredInterrupt() as interrupt:
        press_ctrl_c()
        waited = True
        interrupt.check()
        pytest.fail('it was not obeyed')
    assert waited
    assert signal.getsignal(signal.SIGINT) is before


def test_it_is_not_lost_at_the_end_of_the_block():
    with pytest.raises(KeyboardInterrupt), DeferredInterrupt():
        press_ctrl_c()


def test_an_error_of_the_block_comes_out_itself():
    with pytest.raises(ValueError, match='mine'), DeferredInterrupt():
        press_ctrl_c()
        raise ValueError('mine')


def test_the_second_one_is_obeyed_at_once():
    with pytest.raises(KeyboardInterrupt), DeferredInterrupt():
        press_ctrl_c()
        press_ctrl_c()
        pytest.fail('it was not obeyed')


def test_a_process_that_ignores_it_goes_on_doing_so():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with DeferredInterrupt() as interrupt:
            press_ctrl_c()
            interrupt.check()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_hear_no_signals():
    def work():
        with DeferredInterrupt() as interrupt:
            interrupt.check()
            return signal.getsignal(signal.SIGINT)

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(work).result() is signal.getsignal(signal.SIGINT)
