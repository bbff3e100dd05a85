"""Several stacks of a project in their order: which ones, evaluated how, with what progress."""
