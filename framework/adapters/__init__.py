"""Networks written with other libraries: `framework.adapters.torch` and `framework.adapters.jax`.

Each imports its library, an optional extra of the package; nothing else of the framework imports them.
"""
