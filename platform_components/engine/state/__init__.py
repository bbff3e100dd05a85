"""What is deployed: the state of a stack, in Pulumi's own deployment format."""
