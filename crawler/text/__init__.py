"""What any text needs: encoding, dates, languages, what can be stored."""
