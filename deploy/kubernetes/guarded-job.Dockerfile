# An image of yours, and the guard in it.
FROM docker.io/library/python:3.13-slim-bookworm
COPY --from=flowforge:slim /usr/local /usr/local
# So that a stop is done within the 10 s that Docker gives; the manifest gives more.
ENV FLOWFORGE_GRACE=7s
COPY job.py /work/job.py
WORKDIR /work
USER 65532:65532
CMD ["flowforge", "run", "--", "python3", "/work/job.py"]
