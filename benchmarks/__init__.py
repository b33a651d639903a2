"""Measurements that take minutes, to be run by hand; tests run short versions of them."""
