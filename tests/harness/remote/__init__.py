"""Tests of episodes on stages elsewhere."""
