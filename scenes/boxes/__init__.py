"""The world of Cornell NLVR v1: three grey boxes of colored shapes. Its pictures and worlds are drawn here; the sentences are ours."""
