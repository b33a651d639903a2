"""Recorded pours from bags of ROS 2: read, aligned, cut and written as a dataset."""
