//! What the truth tables of the kinds share: a patient whose facts a row sets, and the outcome as the library writes it.
