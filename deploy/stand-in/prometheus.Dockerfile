# Stands in for prom/prometheus: the programs of Debian's package, in the same places.
FROM freshet-stand-in/debian
COPY prometheus promtool /bin/
RUN install -d -o nobody -g nogroup /prometheus /etc/prometheus
USER nobody
WORKDIR /prometheus
VOLUME /prometheus
EXPOSE 9090
ENTRYPOINT ["/bin/prometheus"]
