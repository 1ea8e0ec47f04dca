"""Kidney function from its facts: creatinine clearance (Cockcroft–Gault) and eGFR (CKD-EPI 2021)."""

from __future__ import annotations

UMOL_PER_MG_DL = 88.4
"""Creatinine: 1 mg/dL is 88.4 µmol/L (molar mass 113.12 g/mol)."""


def cockcroft_gault(age_years: float, weight_kg: float, creatinine_mg_dl: float, female: bool) -> float:
    """Creatinine clearance in mL/min. Source: Cockcroft and Gault, Nephron 1976;16:31-41.

    Raises ValueError for facts out of range (age 18 to 120, weight and creatinine above 0): the formula is for adults.
    """
    if not 18 <= age_years <= 120 or weight_kg <= 0 or creatinine_mg_dl <= 0:
        raise ValueError("Cockcroft–Gault needs an adult's age, a weight and a creatinine")
    return (140 - age_years) * weight_kg / (72 * creatinine_mg_dl) * (0.85 if female else 1.0)


def ckd_epi_2021(age_years: float, creatinine_mg_dl: float, female: bool) -> float:
    """eGFR in mL/min/1.73 m2, from creatinine, without race. Source: Inker et al., N Engl J Med 2021;385:1737-1749.

    Raises ValueError as `cockcroft_gault` does.
    """
    if not 18 <= age_years <= 120 or creatinine_mg_dl <= 0:
        raise ValueError("CKD-EPI 2021 needs an adult's age and a creatinine")
    kappa, alpha = (0.7, -0.241) if female else (0.9, -0.302)
    ratio = creatinine_mg_dl / kappa
    egfr: float = 142 * min(ratio, 1.0) ** alpha * max(ratio, 1.0) ** -1.2 * 0.9938**age_years * (1.012 if female else 1.0)
    return egfr
