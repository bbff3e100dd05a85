"""AWS: the components that create AWS resources, and the reference data for their validation."""
