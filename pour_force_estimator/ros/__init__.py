"""The ROS 2 side: nodes, parameters and messages; only here is rclpy imported."""
