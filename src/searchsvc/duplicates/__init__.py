"""Which articles say the same, and which answer the same question. See ARCHITECTURE.md."""
