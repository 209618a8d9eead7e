//! Greek letters are symbols.

use secure_tool_runtime::secure_tool;

/// Computes Δt = t₂ − t₁ in µs, the resistance in kΩ and σ² of the α-Wert: λx. x², πr², hν, ρgh.
///
/// γmin and σmax are the ends. TNFα, IFNγ and NFκB are proteins. sinα + cosβ, ∀x ∈ ℝ: 𝒪(n log n), 5 Å.
#[secure_tool(scope = "a", effect = read, title = "Δt in µs")]
async fn compute(
    /// ΔE between two states, in eV.
    #[validate(range(min = 0, max = 9))]
    energy: i32,
    /// δt, a small difference, in μs.
    #[validate(range(min = 0, max = 9))]
    δt: i32,
) {
    let _ = (energy, δt);
}

fn main() {}
