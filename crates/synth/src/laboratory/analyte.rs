//! What a laboratory measures, with the codes under which it is sent.

/// A measured quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Analyte {
    /// Neutrophils, in cells per microlitre.
    Neutrophils,
    /// Platelets, per microlitre.
    Platelets,
    /// Alanine aminotransferase, in tenths of U/L.
    Alt,
    /// Aspartate aminotransferase, in tenths of U/L.
    Ast,
}

/// The four that the label sets limits for.
pub const LIMITED: [Analyte; 4] = [Analyte::Neutrophils, Analyte::Platelets, Analyte::Alt, Analyte::Ast];

/// The upper limit that the laboratory prints for liver enzymes, in tenths of U/L.
pub const UPPER: i64 = 420;

impl Analyte {
    /// The codes under which it is sent.
    pub fn codes(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Analyte::Neutrophils => &[
                ("751-8", "Neutrophils [#/volume] in Blood by Automated count"),
                ("26499-4", "Neutrophils [#/volume] in Blood"),
                ("753-4", "Neutrophils [#/volume] in Blood by Manual count"),
            ],
            Analyte::Platelets => &[
                ("777-3", "Platelets [#/volume] in Blood by Automated count"),
                ("26515-7", "Platelets [#/volume] in Blood"),
                ("778-1", "Platelets [#/volume] in Blood by Manual count"),
            ],
            Analyte::Alt => &[
                ("1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma"),
                ("1743-4", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma by With P-5'-P"),
                (
                    "1744-2",
                    "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma by No addition of P-5'-P",
                ),
            ],
            Analyte::Ast => &[
                ("1920-8", "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma"),
                ("30239-8", "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma by With P-5'-P"),
                (
                    "88112-8",
                    "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma by No addition of P-5'-P",
                ),
            ],
        }
    }

    /// Its name as people write it.
    pub fn words(self) -> &'static str {
        match self {
            Analyte::Neutrophils => "Absolute neutrophil count",
            Analyte::Platelets => "Platelet count",
            Analyte::Alt => "ALT",
            Analyte::Ast => "AST",
        }
    }

    /// Whether it is a number of cells.
    pub fn is_count(self) -> bool {
        matches!(self, Analyte::Neutrophils | Analyte::Platelets)
    }
}
