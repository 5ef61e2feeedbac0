//! Rules about more than one field, and what is said if they do not hold. Where term or rule are empty, they depend on the case.

use guildhall_ubl::rules;

rules! {
    SAME_CURRENCY: "BT-6" "" "The currency of the tax authority (BT-6) is that of the document: leave the second VAT amount (BT-111) out.";
    TAX_NUMBER_OF_BUYER: "BT-48" "" "EN 16931 has no tax number of the buyer other than the VAT identifier (BT-48): leave it out.";
    BAD_IBAN: "BT-84" "" "The account {} (BT-84) begins like an IBAN, but its length or check digits are wrong: read it again from the bank's own paper.";
    STEP: "BT-114" "" "The step of the amount due (BT-114) has to be a multiple of {} {}.";

    NO_LINES: "BG-25" "BR-16" "There is no line (BG-25): an invoice has at least one.";
    TOO_MANY_LINES: "BG-25" "" "There are more than {} lines (BG-25): split the document.";
    NEGATIVE_PRICE: "BT-146" "BR-27" "the price (BT-146) is negative: write a negative quantity for what is given back.";
    PRICE_FOR_NOTHING: "BT-149" "" "the quantity that the price is for (BT-149) has to be above zero.";
    UNKNOWN_UNIT: "BT-130" "BR-CL-23" "the unit {} (BT-130) is not among those this skill knows: write a code of UN/ECE Recommendation 20, for example C62 for pieces, KGM for kilograms, HUR for hours.";

    TAXED_WITH_REASON: "BT-120" "" "VAT category {} is taxed, so it takes no reason for an exemption (BT-120): leave the reason out.";
    EXEMPT_WITHOUT_REASON: "BT-120" "" "What is exempt needs the reason in words (BT-120): write the law that exempts it.";
    TWO_REASONS: "BT-120" "" "VAT category {} has two reasons for no VAT (BT-120), {} and {}: one row of the breakdown has one.";

    WHO_SELLS: "BT-31" "BR-CO-26" "The buyer cannot tell who the seller is: give the seller's VAT identifier (BT-31), registration (BT-30) or identifier (BT-29).";
    UNTIL_WHEN: "BT-9" "BR-CO-25" "Something is to be paid, but not until when: write the due date (BT-9) or the terms of payment (BT-20).";
    NOT_SUBJECT_MIXED: "BT-151" "BR-O-11" "What is not subject to VAT (category O) stands in a document of its own: take the other lines into another one, or use another category.";
    NOT_SUBJECT_NAMES_NOBODY: "BT-31" "" "What is not subject to VAT (category O) names no VAT identifier, neither of the seller (BT-31, BT-63) nor of the buyer (BT-48): leave them out, or use another category.";
    NEEDS_VAT_ID: "BT-31" "" "VAT category {} needs the seller's VAT identifier (BT-31): write it.";
    NEEDS_TAX_ID: "BT-31" "" "VAT category {} needs the seller's VAT identifier (BT-31) or tax number (BT-32): write one.";
    REVERSE_CHARGED: "BT-48" "BR-AE-02" "With reverse charge (category AE) the buyer owes the VAT: write the buyer's VAT identifier (BT-48) or registration (BT-47).";
    UNION_BUYER: "BT-48" "BR-IC-02" "Goods to a business in another EU country (category K) need the buyer's VAT identifier (BT-48): write it.";
    UNION_DAY: "BT-72" "BR-IC-11" "Goods to another EU country (category K) need the day of delivery (BT-72) or the period of the invoice (BG-14): write one.";
    UNION_PLACE: "BT-80" "BR-IC-12" "Goods to another EU country (category K) need the country they were delivered to (BT-80): write the delivery address.";
}
