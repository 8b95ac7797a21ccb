"""读入与核对: papers that people bring, what was read of them, and the decisions that make a release of it."""
