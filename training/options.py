"""Values of options that several commands share."""

import argparse


def whole_number(text):
    """Return an option's value as a whole number from 0, for `argparse`."""
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f'expected a whole number from 0, received {text}')
    return int(text)


def positive(kind):
    """Return a function that returns an option's value as a positive `kind`, for `argparse`."""
    def parse(text):
        value = kind(text)
        if not value > 0:
            raise argparse.ArgumentTypeError(f'expected a positive number, received {text}')
        return value
    parse.__name__ = kind.__name__
    return parse
