"""stub"""
def read_pdf(data, limits): raise NotImplementedError
