//! Tests of prices, documents, receipts, licences and refunds.
